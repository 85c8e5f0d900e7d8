"""How does a whole synthetic cycle run through the real doors?"""
