"""How does a regency's file become households?"""
