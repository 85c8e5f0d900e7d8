"""What must a person settle about the registry: who may be twice in it, and whose NIK nobody could match?"""
