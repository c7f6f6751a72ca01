"""The pages that people open in a browser: plain forms that work without JavaScript."""
