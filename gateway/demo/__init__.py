"""What a first look needs: stub hubs on this machine and nothing that is real."""
