"""What the tests of whole calls share."""

# Seconds to wait for what must come: a busy machine may stand still for some of them.
PATIENCE = 20
