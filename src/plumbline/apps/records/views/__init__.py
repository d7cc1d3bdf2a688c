"""Pages of workspaces and records, by what one does there."""
