"""What a student uses: checks in the notebook and a trial before handing in."""
