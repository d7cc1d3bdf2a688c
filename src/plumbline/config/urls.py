"""Every address, by app; permanent ids stand at short addresses that never change."""

from django.urls import include, path

from plumbline.ui.gallery import gallery

urlpatterns = [
    path("", include("plumbline.apps.programme.urls")),
    path("", include("plumbline.apps.library.urls")),
    path("", include("plumbline.apps.teamwork.urls")),
    path("", include("plumbline.apps.records.urls")),
    path("", include("plumbline.apps.accounts.urls")),
    path("api/v1/", include("plumbline.config.api")),
    path("account/passkeys/", include("plumbline.apps.accounts.passkeys")),
    path("account/", include("allauth.account.urls")),
    path("language/", include("django.conf.urls.i18n")),
    path("gallery/", gallery, name="gallery"),
]
handler404 = "plumbline.apps.spine.edge.not_found"
handler500 = "plumbline.apps.spine.edge.broken"
