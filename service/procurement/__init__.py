"""How does a decree become goods at the delivery point?"""
