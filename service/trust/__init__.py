"""Who may what, and how are personal data sealed?"""
