"""What makes the course: notebooks, pages, pictures, what is printed, served and published."""
