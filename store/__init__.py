"""The platform's own database; never departmental facts."""
