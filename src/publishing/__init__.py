"""What happens to a built edition: it is published whole, or not at all."""
