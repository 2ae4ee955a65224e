"""Accounts, sign-in, tokens, groups and links over HTTP."""
