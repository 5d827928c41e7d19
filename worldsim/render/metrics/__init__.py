"""What a picture is worth: one measure a file, each a function of arrays that knows no renderer, file or network."""
