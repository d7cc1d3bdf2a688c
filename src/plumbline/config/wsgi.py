"""The WSGI application that the server runs.

What is imported stays for good, so it is taken out of what Python's collector of cycles looks through: its full passes
came in the midst of requests and took more time than most pages.
"""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "plumbline.config.settings")
application = get_wsgi_application()
get_resolver().url_patterns  # noqa: B018 -- imports the pages
gc.collect()
gc.freeze()
