"""Who accompanies a newcomer, and was movement seen?"""
