"""How do Prefect's server, its worker and our service run together as one installation?"""
