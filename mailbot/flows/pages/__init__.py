"""What a press on a page begins, one file per page."""
