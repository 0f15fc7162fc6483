"""Signing in with more than a password, where the settings switch it on.

Nothing here but `configuration` is imported otherwise: the libraries take memory in every process.
"""
