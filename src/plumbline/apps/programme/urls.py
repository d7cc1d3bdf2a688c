"""Addresses of the institute's own pages."""

from django.urls import path

from plumbline.apps.programme import making, views

app_name = "programme"
urlpatterns = [
    path("", views.home, name="home"),
    path("framework/", views.show_framework, name="framework-show"),
    path("framework/priorities/<slug:part>/", views.show_priority, name="priority-show"),
    path("framework/themes/<slug:part>/", views.show_theme, name="theme-show"),
    path("activities/", views.list_activities, name="activity-list"),
    path("activities/<slug:activity>/", views.show_activity, name="activity-show"),
    path("administration/workspaces/", making.make, name="workspace-make"),
    path("what-works/", views.list_systems, name="system-list"),
]
