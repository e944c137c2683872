"""What every part of the kit shares, and nothing that is taught."""
