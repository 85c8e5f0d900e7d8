"""How do households become a decree?"""
