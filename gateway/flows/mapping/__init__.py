"""How what a source sent becomes referrals, and how its mapping is drafted, proven and measured."""
