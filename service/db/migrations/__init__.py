"""How does a database become the shape this version needs?"""
