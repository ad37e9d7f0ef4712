"""Values to bytes: a mail and its headers, links that open one, files that go with one."""
