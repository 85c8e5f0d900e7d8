"""How is everything kept, and who may write a status?"""
