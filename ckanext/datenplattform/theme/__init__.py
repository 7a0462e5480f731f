"""Room `theme`: look and texts of the portal, and the German interface."""
