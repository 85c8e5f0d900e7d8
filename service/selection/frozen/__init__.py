"""What is read at the freeze and written for a whole cycle at once?"""
