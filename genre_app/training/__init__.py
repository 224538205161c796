"""Training: recipes, augmentation, a run."""
