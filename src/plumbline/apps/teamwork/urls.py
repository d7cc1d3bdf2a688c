"""Addresses of tasks and comments. Before those of records, whose types are named by blueprints."""

from django.urls import path

from plumbline.apps.teamwork import views

app_name = "teamwork"
urlpatterns = [
    path("mine/", views.show_mine, name="task-mine"),
    path("w/<slug:workspace>/tasks/", views.list_tasks, name="task-list"),
    path("team/<slug:entry>/", views.show_task, name="task-show"),
    path("team/<slug:entry>/set/", views.set_task, name="task-set"),
    path("team/<slug:entry>/say/", views.write_comment, name="comment-write"),
    path("team/<slug:entry>/noted/", views.note_mentions, name="mention-note"),
    path("comment/<slug:comment>/withdraw/", views.withdraw_comment, name="comment-withdraw"),
]
