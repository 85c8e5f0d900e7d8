"""How are the cases and placements of a whole cycle written and read back?"""
