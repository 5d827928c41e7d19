"""Video models trained by others, as renderers of clips: layers of the truth in, pictures out. It downloads nothing."""
