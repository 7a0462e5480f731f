"""What bin/demo, bin/test and bin/services share. Standard library only: it runs before anything is installed."""
