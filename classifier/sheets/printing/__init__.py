"""Printed sheets: where their fields are, how their pages look, and the PDF to print.

placing   a list of fields → a description that says where each is
drawing   a description → lines and texts of its pages, in millimetres
pictures  these as pictures, pdf as a PDF; both show the same
"""
