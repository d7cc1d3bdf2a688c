"""Addresses of one's own account and of administration."""

from django.urls import path

from plumbline.apps.accounts import inviting, views

app_name = "accounts"
urlpatterns = [
    path("me/", views.show_profile, name="profile-show"),
    path("administration/", views.administer, name="administration"),
    path("administration/people/", inviting.put_person, name="person-put"),
    path("administration/people/<slug:person>/active/", views.set_active, name="person-active"),
    path("administration/people/<slug:person>/invite/", inviting.invite_again, name="person-invite"),
    path("invitation/<str:secret>/", inviting.accept, name="invitation-show"),
    path("administration/organisations/", views.put_organisation, name="organisation-put"),
    path("administration/groups/", views.put_group, name="group-put"),
    path("administration/acts/", views.list_acts, name="act-list"),
    path("administration/jobs/", views.list_jobs, name="job-list"),
]
