"""What a document asks for, known before anything is read; compiled plans will live here."""
