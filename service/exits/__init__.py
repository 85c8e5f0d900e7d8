"""Who leaves the cash programme because the goods are proven, and does the cash programme know?"""
