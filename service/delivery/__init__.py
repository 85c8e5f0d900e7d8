"""How do goods become a proven handover?"""
