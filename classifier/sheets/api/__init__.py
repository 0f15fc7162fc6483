"""The JSON API of sheets. What each person may use is decided by `sharing.rights`; anything else is a 404."""
