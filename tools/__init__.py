"""Programs for those who work on Framecast; nothing that runs needs them."""
