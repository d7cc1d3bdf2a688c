"""Addresses of works, passages and search; permanent ids stand at /work/ and /p/."""

from django.urls import path

from plumbline.apps.library.views import adding, comparing, media, reading, saved, scans, searching, versions

app_name = "library"
urlpatterns = [
    path("search/", searching.search, name="search"),
    path("search/export.<slug:format>", searching.export, name="hits-export"),
    path("w/<slug:workspace>/search/export.<slug:format>", searching.export, name="workspace-hits-export"),
    path("w/<slug:workspace>/search/", searching.search, name="workspace-search"),
    path("searches/", saved.list_saved, name="saved-list"),
    path("searches/<slug:saved>/look/", saved.look, name="saved-look"),
    path("searches/<slug:saved>/delete/", saved.delete, name="saved-delete"),
    path("searches/<slug:saved>/renew/", saved.renew, name="saved-renew"),
    path("feeds/<slug:feed>/", saved.feed, name="search-feed"),
    path("w/<slug:workspace>/works/", reading.list_works, name="work-list"),
    path("w/<slug:workspace>/add/", adding.add_files, name="work-add"),
    path("w/<slug:workspace>/add/<slug:batch>/", adding.show_batch, name="batch-show"),
    path("work/<slug:work>/", reading.show_work, name="work-show"),
    path("work/<slug:work>/describe/", reading.describe, name="work-describe"),
    path("work/<slug:work>/mark/", reading.mark, name="work-mark"),
    path("work/<slug:work>/withdraw/", reading.withdraw, name="work-withdraw"),
    path("work/<slug:work>/retry/", reading.retry, name="work-retry"),
    path("work/<slug:work>/file/", reading.download, name="work-file"),
    path("work/<slug:work>/page/<int:page>/", scans.picture, name="page-picture"),
    path("work/<slug:work>/recognise/", scans.recognise, name="work-recognise"),
    path("media/of/<slug:entry>/", media.list_media, name="media-list"),
    path("media/<slug:medium>/", media.show_medium, name="medium-show"),
    path("media/<slug:medium>/file/", media.serve, name="medium-file"),
    path("media/<slug:medium>/decide/", media.decide, name="medium-decide"),
    path("work/<slug:work>/like/", searching.like_work, name="work-like"),
    path("work/<slug:work>/versions/", versions.link, name="version-link"),
    path("version/<slug:version>/", versions.show_version, name="version-show"),
    path("p/<slug:passage>/like/", searching.like_passage, name="passage-like"),
    path("compare/", comparing.choose, name="passage-compare"),
    path("p/<slug:passage>/beside/<slug:other>/", comparing.beside, name="passage-beside"),
    path("p/<slug:passage>/correct/", scans.correct, name="passage-correct"),
    path("p/<slug:passage>/", reading.show_passage, name="passage-show"),
]
