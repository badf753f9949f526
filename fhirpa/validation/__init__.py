"""Checking resources against profiles: tables compiled from official packages, and what runs on them."""
