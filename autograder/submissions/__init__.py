"""What one student handed in: files, archives, and the notebook that counts."""
