"""Who may do what with a sheet and its stacks."""
