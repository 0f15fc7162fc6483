"""The staff's pages of people and invitations, and what an invitation's link opens."""
