"""t"""
async def tour() -> int:
    """t"""
    return 0
