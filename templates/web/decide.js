// The button follows the comment: with text in the field there is one way to approve, and it says where that leads.
(() => {
  const form = document.getElementById("decision");
  const field = document.getElementById("comment");
  const follows = document.getElementById("follows");
  const plain = form.querySelector("[value=approve]");
  const commented = form.querySelector("[value=approve_with_comment]");
  if (!plain) return;
  const main = plain.classList.contains("main");
  const follow = () => {
    const said = field.value.trim() !== "";
    plain.hidden = said;
    commented.hidden = !said;
    commented.classList.toggle("main", main);
    const text = said ? follows.dataset.text : "";
    if (follows.textContent !== text) follows.textContent = text;
  };
  field.addEventListener("input", follow);
  addEventListener("pageshow", follow);
  follow();
})();
