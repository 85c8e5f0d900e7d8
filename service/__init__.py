"""What happens to a household, and why? The rooms below answer; `flows/` says when."""
