"""What everything else is made of: money, orders, days, the rules as data, text."""
