"""How sure a sheet's values are: generated pages are read as the site reads them, and compared with what is written."""
