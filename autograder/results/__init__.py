"""What is made of grades: tables, feedback, pages and files for platforms."""
