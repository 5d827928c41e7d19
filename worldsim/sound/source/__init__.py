"""Things with a sound of their own: dogs, hinges, chains, vehicles, what flies by; and beds: wind, birds, insects."""
